import type { WebSocket } from 'ws';

/** What is used of a page's socket. */
export type PageSocket = Pick<WebSocket, 'readyState' | 'OPEN' | 'close' | 'terminate'> & {
  send(data: Uint8Array, options: { binary: false }, sent: (error?: Error | null) => void): void;
};

export interface PageLineOptions {
  /** Events that may wait, besides as much as the answers that they wait behind. */
  readonly maxEventBytes: number;
  /** With so much of answers waiting, no other one is sent. */
  readonly maxAnswerBytes: number;
  readonly onCutOff: (behind: { readonly eventBytes: number; readonly answerBytes: number }) => void;
}

/**
 * What is sent to one page. Answers are what the page asked for, and however large one is, it does not count as being
 * behind: events that come meanwhile wait behind it, as many bytes as it has and some more, which a line that can carry
 * them at all will make up for. Beyond that nothing is skipped in silence: the page gets its answers, and is then cut
 * off, so that it comes back and asks for a snapshot. What waits in memory is never more than
 * 2 × (`maxAnswerBytes` and one answer) + `maxEventBytes` and one event.
 */
export class PageLine {
  readonly #socket: PageSocket;
  readonly #options: PageLineOptions;
  #eventBytes = 0;
  #answerBytes = 0;
  /** The most that waited of answers since events last waited behind nothing. */
  #answersBefore = 0;
  #isBehind = false;

  constructor(socket: PageSocket, options: PageLineOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  answer(text: Uint8Array): void {
    if (!this.#isOpen) return;
    // A page that asks and asks, and reads nothing.
    if (this.#answerBytes > this.#options.maxAnswerBytes) return this.#cutOff();
    const bytes = text.byteLength;
    this.#answerBytes += bytes;
    this.#answersBefore = Math.max(this.#answersBefore, this.#answerBytes);
    this.#send(text, () => (this.#answerBytes -= bytes));
  }

  tell(event: Uint8Array): void {
    if (!this.#isOpen || this.#isBehind) return;
    if (this.#eventBytes > this.#options.maxEventBytes + this.#answersBefore) {
      this.#isBehind = true;
      return this.#endIfBehind();
    }
    const bytes = event.byteLength;
    this.#eventBytes += bytes;
    this.#send(event, () => (this.#eventBytes -= bytes));
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #send(text: Uint8Array, sent: () => void): void {
    this.#socket.send(text, { binary: false }, () => {
      sent();
      if (this.#isBehind) return this.#endIfBehind();
      if (this.#answerBytes === 0 && this.#eventBytes <= this.#options.maxEventBytes) this.#answersBefore = 0;
    });
  }

  #endIfBehind(): void {
    if (this.#answerBytes > 0 || !this.#isOpen) return;
    // What was just answered may not have arrived yet, which the end of the connection at once could take away.
    if (this.#answersBefore > 0) {
      this.#tellCutOff();
      this.#socket.close(TRY_AGAIN_LATER, 'Too far behind');
    } else this.#cutOff();
  }

  #cutOff(): void {
    this.#tellCutOff();
    this.#socket.terminate();
  }

  #tellCutOff(): void {
    this.#options.onCutOff({ eventBytes: this.#eventBytes, answerBytes: this.#answerBytes });
  }
}

const TRY_AGAIN_LATER = 1013;
