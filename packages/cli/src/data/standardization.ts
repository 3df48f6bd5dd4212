/** The numbers of a standardization, as run.json has them. */
import { z } from "zod";

export const standardizationSchema = z.strictObject({
  low: z.number(),
  high: z.number(),
  shift: z.number(),
  scale: z.number().positive(),
});
