/** Bytes are not the JSON object that they should be; the message goes on after "the body". */
export class NotJson extends Error {
  override readonly name = "NotJson";
}
