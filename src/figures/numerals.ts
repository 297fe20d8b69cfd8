// Numbers as people read them on a figure: four significant
// digits, thousands separators, units, never more than is known.

/** A number with at most `digits` significant digits: `1,234`, `0.4106`, `3e−5`; a dash for NaN and Inf. */
export function numeral(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  if (Math.abs(value) < 1e-3) return scientific(value);
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString("en-US", { maximumFractionDigits: 12 });
}

/** A number as a digit or three and a power of ten: `1e−3`, with a true minus sign, at which no line breaks. */
export function scientific(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const [digits, power] = value.toExponential(2).split("e");
  return `${Number(digits)}e${Number(power)}`.replaceAll("-", "−");
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A share in 0..1 as a percentage: `44.2%`. */
export function percent(share: number, decimals = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(decimals)}%` : "–";
}

/** A size in memory or on a disk, in bytes: `0.34 GB`. */
export function gigabytes(bytes: number): string {
  return `${numeral(bytes / 1e9, 3)} GB`;
}

/** A time in the units that fit it: `48 s`, `6.2 min`, `1 h 12 min`. */
export function duration(minutes: number): string {
  if (minutes < 1) return `${Math.round(60 * minutes)} s`;
  if (minutes < 60) return `${minutes.toFixed(1)} min`;
  const whole = Math.round(minutes);
  return `${Math.floor(whole / 60)} h ${whole % 60} min`;
}
