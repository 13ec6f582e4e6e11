// Where the server is: the script that runs these tests says so.
export const port = Number(process.env.SERVER_PORT);
export const password = process.env.SERVER_PASSWORD;

/** Every byte value, many times: nothing of it survives a conversion to text. */
export function binary(size) {
  return Buffer.from({ length: size }, (_, i) => (i * 7919 + (i >> 8)) & 0xff);
}
