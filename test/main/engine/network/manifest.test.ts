import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../../src/main/engine/network/errors.ts';
import { cidText, manifestCid } from '../../../../src/main/engine/network/cids.ts';
import {
  decodeManifest,
  encodeManifest,
  LINEAR,
  STEPPED,
} from '../../../../src/main/engine/network/manifest.ts';
import { aDataset } from '../../../support/slotfixtures.ts';
import vectors from '../../../support/vectors/data-plane.json' with { type: 'json' };

describe('manifest', () => {
  it('reads and writes what the network makes, byte for byte', () => {
    for (const vector of vectors.cases) {
      const bytes = Buffer.from(vector.manifestHex, 'hex');
      expect(cidText(manifestCid(bytes))).toBe(vector.manifestCid);
      expect(Buffer.from(encodeManifest(decodeManifest(bytes))).toString('hex')).toBe(vector.manifestHex);
    }
  });

  it('says what the network means', () => {
    const [vector] = vectors.cases;
    const { protection, ...rest } = decodeManifest(Buffer.from(vector?.manifestHex ?? '', 'hex'));
    expect(rest).toMatchObject({
      blockSize: 65_536,
      datasetSize: 983_040n,
      filename: 't.bin',
      mimetype: 'application/octet-stream',
    });
    expect(cidText(rest.treeCid)).toBe(vector?.treeCid);
    expect(protection).toMatchObject({ k: 2, m: 1, originalDatasetSize: 589_824n, strategy: STEPPED });
    expect(protection?.verification).toMatchObject({ cellSize: 2048, strategy: LINEAR });
    expect(protection?.verification?.slotRoots.map(cidText)).toEqual(vector?.slotRoots);
    const verifyRoot = protection?.verification?.verifyRoot;
    expect(verifyRoot && cidText(verifyRoot)).toBe(vector?.verifyRoot);
  });

  it('reads back the manifest of a dataset of ours', () => {
    const dataset = aDataset({ blocks: 10, slots: 4, tolerance: 1 });
    const manifest = decodeManifest(dataset.manifest);
    expect(manifest.treeCid.equals(dataset.treeCid)).toBe(true);
    expect(manifest.protection).toMatchObject({ k: 3, m: 1, originalDatasetSize: 655_359n });
    expect(manifest.protection).not.toHaveProperty('verification');
  });

  it('meets damaged manifests and any bytes with MANIFEST_MALFORMED or a manifest', () => {
    const whole = aDataset().manifest;
    const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = byte;
      return bytes;
    });
    const cut = fc.nat(whole.length - 1).map((length) => whole.subarray(0, length));
    fc.assert(
      fc.property(fc.oneof(damaged, cut, fc.uint8Array()), (bytes) => {
        try {
          decodeManifest(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(NetworkError);
          expect((error as NetworkError).code).toBe('MANIFEST_MALFORMED');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
