/** A form as it is sent: its bytes, and their type with the boundary. */
export async function formOf(fields: Readonly<Record<string, string | File>>): Promise<{ body: Buffer; type: string }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const sent = new Response(form);
  return { body: Buffer.from(await sent.arrayBuffer()), type: sent.headers.get("content-type") ?? "" };
}
