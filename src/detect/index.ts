export { type AnomalyInput, anomalyFinding } from './anomaly.js';
export { catalogue, type Scenario, scenarioOf } from './catalogue.js';
export { ATTACKS, type AttackKind } from './evaluate/attack.js';
export type { CaptureReport } from './evaluate/capture-report.js';
export { CONTESTANTS, Contest, type Contestant, DEFAULT as DEFAULT_CONTESTANT } from './evaluate/contest.js';
export {
  alerts,
  type Episode,
  LABEL_HEADER,
  learnedResults,
  ownersOf,
  parseLabels,
  promisedAlerts,
  type Told,
  type VerdictResult,
  verdictResult,
  type Window,
} from './evaluate/episodes.js';
export { type EvaluateOptions, evaluateTable } from './evaluate/evaluate.js';
export { captureHtml, tableHtml } from './evaluate/html.js';
export { type EvaluateReport, REPORT_SCHEMA } from './evaluate/report.js';
export { parseTable, type SourceText, type Table, type TableOptions } from './evaluate/table.js';
export { captureLines, tableLines } from './evaluate/text.js';
export { MODEL_SCHEMA, parseModel } from './model/file.js';
export type { Model } from './model/model.js';
export type { OwnScores } from './model/own.js';
export { createScorer, type Scorer, type ScorerOptions, type UsualRanges } from './model/scorer.js';
export { type TrainInput, trainModel, trainParts } from './model/train.js';
export { createRules, type Rules, type RulesOptions } from './rules/index.js';
export { DETECTOR_WORDS } from './scenarios/scenario.js';
export { UNSEEN, type Unseen } from './scenarios/unseen.js';
export { type DetectSettings, detectSettings } from './settings.js';
