/** The whole body of an answer, as long as it is no larger than `maxBytes`. @throws RangeError when it is */
export async function boundedBody({ headers, body }: Response, maxBytes: number): Promise<Uint8Array> {
  if (!body) return new Uint8Array();
  const tooLarge = () => new RangeError(`it is larger than ${maxBytes / 1000} kB`);
  if (Number(headers.get('content-length') ?? 0) > maxBytes) {
    await body.cancel();
    throw tooLarge();
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
