import { AbiCoder, keccak256 } from 'ethers';
import type { RequestId } from './ids.ts';
import type { StorageRequest } from './requests.ts';

/** keccak256 of the request encoded as one tuple, as the contract computes it. Source: marketplace.md §10. */
export function requestIdOf({ client, ask, content, expiry, nonce }: StorageRequest): RequestId {
  const {
    proofProbability,
    pricePerBytePerSecond,
    collateralPerByte,
    slots,
    slotSize,
    duration,
    maxSlotLoss,
  } = ask;
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      [REQUEST],
      [
        [
          client,
          [
            proofProbability,
            pricePerBytePerSecond,
            collateralPerByte,
            slots,
            slotSize,
            duration,
            maxSlotLoss,
          ],
          [content.cid, content.merkleRoot],
          expiry,
          nonce,
        ],
      ],
    ),
  ) as RequestId;
}

/** The fields in the contract's order. The width of an integer does not show in the encoding, so it fits every family. */
const ASK = '(uint256,uint256,uint256,uint64,uint64,uint64,uint64)';
const REQUEST = `(address,${ASK},(bytes,bytes32),uint64,bytes32)`;
