import { describe, expect, it } from 'vitest';
import { HeldBytes } from '../../../../../src/main/engine/network/transports/libp2p/heldbytes.ts';
import { ScriptedPeer } from '../../../../support/linkpair.ts';

describe('HeldBytes', () => {
  it('cuts the link that holds most when all together hold too much', async () => {
    const held = new HeldBytes(100);
    const [small, large, other] = [new ScriptedPeer(), new ScriptedPeer(), new ScriptedPeer()];
    held.note(small.link, 20);
    held.note(large.link, 60);
    held.note(other.link, 20);
    held.note(small.link, 21);
    expect(await large.link.closed).toMatchObject({
      code: 'LINK_LIMIT_EXCEEDED',
      details: { heldBytes: 60 },
    });
    held.note(other.link, 79);
    held.note(large.link, 0);
    held.note(other.link, 0);
    held.note(small.link, 100);
    await small.link.send(new Uint8Array());
    await other.link.send(new Uint8Array());
  });
});
