/** A packed stream that ends before its end. */
export class CutShort extends Error {
  constructor(at: number) {
    super(`the packed file is cut short at byte ${at}`);
  }
}
