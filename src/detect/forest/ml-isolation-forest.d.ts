/** The parts of ml-isolation-forest 0.1.0 that we rely on (the package ships no types). */
declare module 'ml-isolation-forest' {
  export interface LibraryNode {
    left?: LibraryNode;
    right?: LibraryNode;
    splitColumn: number;
    splitValue: number;
    trainingSet?: number[][];
    depth: number;
  }
  export class IsolationForest {
    constructor(options?: { nEstimators?: number });
    forest: (LibraryNode & { pathLengthFromRoot(row: readonly number[], depth: number): number })[];
    train(rows: number[][]): void;
    predict(rows: readonly (readonly number[])[]): number[];
  }
}
