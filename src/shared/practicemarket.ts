/**
 * An offer that fits the ordinary requests of every scenario of the practice network and refuses the odd ones. Practice
 * sizes are small, so practice prices are high: a slot should earn a sum that can be seen.
 */
export const typicalOffer = {
  minPricePerBytePerSecond: 200_000_000n,
  maxDurationSeconds: 86_400,
  collateralPerByte: 2_000_000_000_000n,
};
