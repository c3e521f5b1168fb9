const samplesPerSecond = 16_000;
const seconds = 1;
const hertz = 440;
const amplitude = 8000;

/** A tone of one second as WAV: 16 bits, one channel, 16 kHz. */
export function tone(): Buffer {
  const data = Buffer.alloc(samplesPerSecond * seconds * 2);
  for (let sample = 0; sample < samplesPerSecond * seconds; sample++) {
    data.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * hertz * sample) / samplesPerSecond)), sample * 2);
  }
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + data.length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(samplesPerSecond, 24);
  header.writeUInt32LE(samplesPerSecond * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}
