export function electronBinary(): string | undefined;
export function electronInstaller(): string | undefined;
