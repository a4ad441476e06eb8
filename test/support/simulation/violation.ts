/** Something that must never be so. Ends the simulation that finds it. */
export class Violation extends Error {
  constructor(rule: string, facts: object = {}) {
    super(
      `${rule} ${JSON.stringify(facts, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))}`,
    );
    this.name = 'Violation';
  }
}

/** @throws Violation when it does not hold */
export function demand(holds: unknown, rule: string, facts: () => object = () => ({})): asserts holds {
  if (!holds) throw new Violation(rule, facts());
}
