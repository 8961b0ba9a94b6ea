import { type Array64, zeros64 } from "./array64.js";

/** What `causalAttentionReference` is given beside q, k and v. */
export interface AttentionSettings {
  readonly scale: number;
  /** [B, H, T, T] */
  readonly dropoutMask?: Array64;
  /** [B, T] */
  readonly segmentIds?: Array64;
}

/** Causal attention over q, k, v [T, B, H, D] in float64: one query at a time, over the keys up to it. */
export function causalAttentionReference(q: Array64, k: Array64, v: Array64, settings: AttentionSettings): Array64 {
  const [length, batch, heads, width] = q.shape as [number, number, number, number];
  const y = zeros64(q.shape);
  const place = (time: number, lane: number) => (time * batch * heads + lane) * width;
  for (let lane = 0; lane < batch * heads; lane += 1) {
    for (let time = 0; time < length; time += 1) {
      const query = q.data.subarray(place(time, lane), place(time, lane) + width);
      const scores = Array.from({ length: time + 1 }, (_, past) =>
        query.reduce((sum, value, axis) => sum + value * k.data[place(past, lane) + axis]! * settings.scale, 0),
      );
      const segment = (place: number) => settings.segmentIds?.data[Math.floor(lane / heads) * length + place];
      const seen = scores.map((score, past) => (segment(past) === segment(time) ? score : Number.NEGATIVE_INFINITY));
      const largest = Math.max(...seen);
      const weights = seen.map((score) => Math.exp(score - largest));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let past = 0; past <= time; past += 1) {
        const kept = settings.dropoutMask?.data[(lane * length + time) * length + past] ?? 1;
        for (let axis = 0; axis < width; axis += 1) {
          y.data[place(time, lane) + axis]! += (weights[past]! / total) * kept * v.data[place(past, lane) + axis]!;
        }
      }
    }
  }
  return y;
}
