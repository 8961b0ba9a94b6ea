import { z } from "zod";

/** No sink has options: each writes the tables that docs/metrics.md describes. */
export const sinkOptions = z.strictObject({});
