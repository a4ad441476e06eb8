import { join } from 'node:path';
import type { Sentence } from '../../src/shared/i18n/say.ts';
import { say } from '../../src/shared/i18n/say.ts';
import { silentLogger } from '../../src/main/engine/logger.ts';
import { LogArchive } from '../../src/main/logging/archive.ts';

/** What the calls about the log need, over a folder of a test; `told` is what the time line was told. */
export function aLogDesk(dataDir: string) {
  const told: string[] = [];
  return {
    told,
    logging: { logger: silentLogger, recent: () => [], topics: () => ['sales'] },
    archive: new LogArchive({ folder: join(dataDir, 'logs') }),
    queueLength: () => undefined,
    tellActivity: (_kind: string, sentence: Sentence) => void told.push(say(sentence)),
  };
}
