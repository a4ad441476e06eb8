/** A hash over everything the artifact depends on: sources, compiler version, settings. */
export function sourceHash(): Promise<string>;
