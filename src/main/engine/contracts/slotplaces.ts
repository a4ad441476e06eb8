/** Which leaves of a dataset's tree make a slot: `steps` of them, from `firstIndex` on, each `stride` after the one before. */
export interface SlotPlaces {
  readonly firstIndex: number;
  /** 1 for a slot that is a stretch of the tree. */
  readonly stride: number;
  readonly steps: number;
}

/** The leaf at a position of the slot. */
export const leafIndexAt = ({ firstIndex, stride }: SlotPlaces, position: number): number =>
  firstIndex + position * stride;

/** Where in the slot a leaf stands; undefined when it is none of the slot's. */
export function positionOfLeaf({ firstIndex, stride, steps }: SlotPlaces, index: number): number | undefined {
  const position = (index - firstIndex) / stride;
  return Number.isInteger(position) && position >= 0 && position < steps ? position : undefined;
}
