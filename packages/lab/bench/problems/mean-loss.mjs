/** The loss over batches of one size. */
export async function meanLoss(objective, w, batches) {
  let sum = 0;
  for (const batch of batches) sum += (await objective.value(w, batch)).value;
  return sum / batches.length;
}
