import { NetworkError } from './errors.ts';
import type { PeerLink } from './peerlink.ts';

/** A peer that does not take a message for so long is cut off: others wait for the memory. */
export const SEND_TIMEOUT_MS = 120_000;

/** Sends, and closes the link when the message is not taken in time. @throws NetworkError LINK_CLOSED, PEER_INCOMPATIBLE */
export async function sendWithin(timeoutMs: number, link: PeerLink, message: Uint8Array): Promise<void> {
  const giveUp = () => link.close(new NetworkError('PEER_TIMEOUT', { peer: link.id, afterMs: timeoutMs }));
  const timer = setTimeout(giveUp, timeoutMs);
  try {
    await link.send(message);
  } finally {
    clearTimeout(timer);
  }
}
