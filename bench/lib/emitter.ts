import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { Interface, toQuantity } from 'ethers';
import type { TestChain } from '../../test/support/practicechain.ts';

/**
 * Fills a chain with StorageRequested logs, quickly: for the time of it the code at the marketplace's address is exchanged
 * for one that only emits them. The logs are the same in every byte that a reader looks at; requests and tokens there are
 * none.
 */
export async function emitRequests(
  chain: TestChain,
  { marketplace, count, perBlock }: { marketplace: string; count: number; perBlock: number },
): Promise<void> {
  const { provider } = chain;
  const [sender] = chain.accounts;
  const code: unknown = await provider.send('eth_getCode', [marketplace, 'latest']);
  await provider.send('anvil_setCode', [marketplace, emitterCode()]);
  for (let from = 0; from < count; from += perBlock) {
    const data = emitter.encodeFunctionData('emitMany', [from, Math.min(perBlock, count - from)]);
    const transaction = { from: sender?.address, to: marketplace, data, gas: toQuantity(20_000_000) };
    const hash: string = await provider.send('eth_sendTransaction', [transaction]);
    // It is executed some time after it was taken, and must meet the code that emits.
    // (ethers' own waiting looks every four seconds.)
    while (!(await provider.send('eth_getTransactionReceipt', [hash]))) await setImmediate();
  }
  await provider.send('anvil_setCode', [marketplace, code]);
}

const emitter = new Interface(['function emitMany(uint256 from, uint256 count)']);

const source = `
pragma solidity 0.8.37;

contract Emitter {
    struct Ask {
        uint256 proofProbability;
        uint256 pricePerBytePerSecond;
        uint256 collateralPerByte;
        uint64 slots;
        uint64 slotSize;
        uint64 duration;
        uint64 maxSlotLoss;
    }

    event StorageRequested(bytes32 requestId, Ask ask, uint64 expiry);

    function emitMany(uint256 from, uint256 count) external {
        for (uint256 n = from; n < from + count; n++) {
            Ask memory ask = Ask(1, 7 + n, 100, 4, 1048576, 3600, 2);
            emit StorageRequested(keccak256(abi.encode(n)), ask, uint64(block.timestamp + 600));
        }
    }
}`;

/** What the compiler answers, of which only the code is of interest. */
interface Compiled {
  readonly contracts: { readonly emitter: { readonly Emitter: { readonly evm: EvmOutput } } };
}
interface EvmOutput {
  readonly deployedBytecode: { readonly object: string };
}

function emitterCode(): string {
  const solc = createRequire(import.meta.url)('solc') as { compile: (input: string) => string };
  const input = {
    language: 'Solidity',
    sources: { emitter: { content: source } },
    settings: {
      evmVersion: 'paris',
      optimizer: { enabled: true, runs: 1000 },
      outputSelection: { '*': { '*': ['evm.deployedBytecode.object'] } },
    },
  };
  const { contracts } = JSON.parse(solc.compile(JSON.stringify(input))) as Compiled;
  return `0x${contracts.emitter.Emitter.evm.deployedBytecode.object}`;
}
