import { createLocalBridge } from '../../../src/main/ipc/local-bridge.ts';
import { bridgeSuite } from '../../support/bridgesuite.ts';

bridgeSuite('in process', async (node) => ({ bridge: createLocalBridge(node), close: async () => {} }));
