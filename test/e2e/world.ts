/** Over what the window is: the headless node in a browser, or the desktop's main and preload over the double of Electron. */
export type World = 'browser' | 'desktop';

export interface WorkerFixtures {
  world: World;
  /** The double of Electron as built for Node; of no use to a browser. */
  doublePath: string;
}
