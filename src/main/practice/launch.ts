import type { RequestId } from '../engine/contracts/ids.ts';
import { abortError, throwIfAborted } from '../engine/lib/abort.ts';
import { DaemonProcess, type DaemonModules } from './daemonprocess.ts';
import { folderOf } from './folder.ts';
import { requestIdFromWire } from './messages.ts';
import type { Practice, PracticeInfo, PracticeOptions } from './practice.ts';
import type { RequestWishes } from './scenario.ts';

export type PracticeHandle = Practice;

/**
 * Starts the practice network as a process of its own and waits until it is ready. It ends with this process, even when
 * this one is killed. Each family has its own place in the folder.
 * @throws PracticeError as `PracticeNetwork.start` does
 */
export async function launchPractice(
  modules: DaemonModules,
  options: PracticeOptions,
): Promise<PracticeHandle> {
  const { family, exchange, peers, scenario, speed, seed, signal } = options;
  throwIfAborted(signal);
  const folder = folderOf(modules.folder, family);
  const daemon = new DaemonProcess({ ...modules, folder });
  const callOff = () => void daemon.stop();
  signal.addEventListener('abort', callOff, { once: true });
  try {
    const info = await daemon.start({
      type: 'start',
      folder,
      family,
      exchange,
      peers,
      scenario,
      speed,
      seed,
    });
    return new Launched(daemon, info);
  } catch (error) {
    await daemon.stop();
    throw signal.aborted ? abortError(signal) : error;
  } finally {
    signal.removeEventListener('abort', callOff);
  }
}

class Launched implements Practice {
  readonly info: PracticeInfo;
  readonly #daemon: DaemonProcess;

  constructor(daemon: DaemonProcess, info: PracticeInfo) {
    this.#daemon = daemon;
    this.info = info;
  }

  async setSpeed(speed: number): Promise<void> {
    await this.#daemon.call((id) => ({ type: 'setSpeed', id, speed }));
  }

  async postRequest(params: RequestWishes): Promise<RequestId> {
    const { requestId } = await this.#daemon.call((id) => ({ type: 'postRequest', id, params }));
    return requestIdFromWire(requestId);
  }

  onFailed(listener: (error: Error) => void): () => void {
    return this.#daemon.onFailed.subscribe(listener);
  }

  stop(): Promise<void> {
    return this.#daemon.stop();
  }
}
