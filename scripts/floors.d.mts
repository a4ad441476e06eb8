export function withFloors(text: string): string;
