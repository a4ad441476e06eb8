import { NodeProcess } from './nodeprocess.ts';

/** Processes that are started ahead of their use, and used again after an orderly stop. */
export class NodePool {
  readonly #bundlePath: string;
  readonly #spares: number;
  readonly #idle: NodeProcess[] = [];
  readonly #all = new Set<NodeProcess>();

  constructor(bundlePath: string, { spares = 2 }: { spares?: number } = {}) {
    this.#bundlePath = bundlePath;
    this.#spares = spares;
  }

  async take(): Promise<NodeProcess> {
    const node = this.#idle.shift() ?? this.#fork();
    while (this.#idle.length < this.#spares) this.#idle.push(this.#fork());
    await Promise.race([node.ready, node.ended.then((end) => Promise.reject(end))]);
    return node;
  }

  giveBack(node: NodeProcess): void {
    this.#idle.unshift(node);
  }

  async discard(node: NodeProcess): Promise<void> {
    node.kill();
    await node.ended;
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((node) => this.discard(node)));
  }

  #fork(): NodeProcess {
    const node = new NodeProcess(this.#bundlePath);
    this.#all.add(node);
    void node.ended.then(() => this.#all.delete(node));
    return node;
  }
}
