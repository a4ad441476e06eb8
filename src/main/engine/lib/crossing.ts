/**
 * Bytes as they cross to another thread, and what of them need not be copied for it. A view, sent as it is, would take all
 * that it is a view of along. Unless `isOurs` they are copied, and the caller keeps his.
 */
export function crossing(bytes: Uint8Array, { isOurs }: { isOurs: boolean }) {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  const own = isOurs && isWhole ? bytes : new Uint8Array(bytes);
  return { own, transfer: [own.buffer as ArrayBuffer] };
}
