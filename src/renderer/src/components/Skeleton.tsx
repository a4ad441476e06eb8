import css from './Skeleton.module.css';

/** Still bars of the final size, seen only when waiting takes longer than 200 ms. */
export function Skeleton({
  rows = 1,
  height = 34,
  width = '100%',
}: {
  rows?: number;
  height?: number;
  width?: string;
}) {
  return (
    <div className={css['skeleton']} aria-hidden="true" style={{ width }}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} style={{ height }}>
          <span style={{ height: Math.min(height, 36) - 18 }} />
        </div>
      ))}
    </div>
  );
}
