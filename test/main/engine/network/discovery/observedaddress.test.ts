import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../../../src/main/engine/network/endpoint.ts';
import { ObservedAddress } from '../../../../../src/main/engine/network/discovery/observedaddress.ts';

const at = (host: string, port = 1): Endpoint => ({ host, port });
const [mine, other] = [at('9.9.9.9'), at('8.8.8.8')];

function scene() {
  const changes: Endpoint[] = [];
  const observed = new ObservedAddress((endpoint) => changes.push(endpoint));
  return { observed, changes };
}

describe('the address at which others see us', () => {
  it('is believed when three of different subnets agree', () => {
    const { observed, changes } = scene();
    for (const host of ['60.0.0.1', '60.0.0.2', '60.0.0.3', '60.0.1.1']) observed.add(at(host), mine);
    expect(observed.current).toBeUndefined();
    observed.add(at('60.0.2.1'), mine);
    observed.add(at('60.0.3.1'), mine);
    expect(observed.current).toEqual(mine);
    expect(changes).toEqual([mine]);
  });

  it('is not changed by few that say another', () => {
    const { observed } = scene();
    for (let number = 0; number < 8; number++) observed.add(at(`60.0.${number}.1`), mine);
    for (let number = 0; number < 7; number++) observed.add(at(`61.0.${number}.1`), other);
    expect(observed.current).toEqual(mine);
    observed.add(at('61.0.7.1'), other);
    expect(observed.current).toEqual(other);
  });

  it('is neither heard from a private network nor in one', () => {
    const { observed } = scene();
    for (let number = 0; number < 9; number++) {
      observed.add(at(`192.168.${number}.1`), mine);
      observed.add(at(`60.0.${number}.1`), at('192.168.0.9'));
      observed.add(at(`60.0.${number}.1`), at('9.9.9.9', 0));
    }
    expect(observed.current).toBeUndefined();
  });
});
