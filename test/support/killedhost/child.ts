import { z } from 'zod';
import { OnchainClock } from '../../../src/main/engine/clock/onchain-clock.ts';
import { address, hex32, slotIdOf, type RequestId } from '../../../src/main/engine/contracts/ids.ts';
import { isEngineError } from '../../../src/main/engine/errors.ts';
import { Secret } from '../../../src/main/engine/lib/secret.ts';
import { silentLogger } from '../../../src/main/engine/logger.ts';
import { OnchainMarket } from '../../../src/main/engine/market/onchain-market.ts';
import { keySigner } from '../../../src/main/engine/market/signer.ts';
import { openDatabase, type Database } from '../../../src/main/engine/stores/database.ts';
import { transactionStore } from '../../../src/main/engine/stores/transactions.ts';
import { someProof } from '../fakemarket.ts';
import { jobSchema } from './job.ts';

/**
 * A host in a process of its own, with a database on the disk: reserves a slot and fills it, unless that has happened.
 * It may be told to die, without any farewell, just before or just after one of its writes.
 */
const job = jobSchema.parse(JSON.parse(z.string().parse(process.env.JOB)));
const { signal } = new AbortController();
const requestId = hex32<RequestId>(job.requestId);
const slotId = slotIdOf(requestId, 0);
let writes = 0;

const database = mortal(await openDatabase({ folder: job.folder, logger: silentLogger }));
const market = await OnchainMarket.connect(
  {
    rpcUrls: [job.rpcUrl],
    deployment: { ...job.deployment, marketplace: address(job.deployment.marketplace) },
    signer: keySigner(new Secret(job.key)),
    clock: new OnchainClock(),
    cursors: { load: async () => undefined, save: async () => {} },
    transactions: (account) =>
      transactionStore({ database, logger: silentLogger }, { chainId: job.deployment.chainId, account }),
    logger: silentLogger,
  },
  { pollMs: 50, sending: { repeatMs: 500 }, signal },
);
await untilDone(async () => {
  if (await market.holdsReservation(requestId, 0, { signal })) return;
  await market.reserveSlot(requestId, 0, { signal });
});
await untilDone(async () => {
  if ((await market.getHost(slotId, { signal })) === market.signer) return;
  await market.fillSlot(requestId, 0, someProof, job.collateral, { signal });
});
let own = await market.transactionsOf(slotId);
while (own.some(({ state }) => state === 'stored' || state === 'pending')) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  own = await market.transactionsOf(slotId);
}
const told = own.map(({ purpose, state }) => `${purpose} ${state}`);
process.stdout.write(`${JSON.stringify({ writes, told })}\n`);
await market.stop();
await database.close();

/** As the engine: what fails is asked for and tried again. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isEngineError(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function mortal(true_: Database): Database {
  const dieIf = (when: 'before' | 'after') => {
    if (job.dieAt?.write === writes && job.dieAt.when === when) process.kill(process.pid, 'SIGKILL');
  };
  return {
    get: (key) => true_.get(key),
    list: (prefix) => true_.list(prefix),
    close: () => true_.close(),
    batch: async (operations) => {
      writes++;
      dieIf('before');
      await true_.batch(operations);
      dieIf('after');
    },
  };
}
