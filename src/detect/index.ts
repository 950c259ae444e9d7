export { type AnomalyInput, anomalyFinding } from './anomaly.js';
export { catalogue, type Scenario, scenarioOf } from './catalogue.js';
export { MODEL_SCHEMA, parseModel } from './model/file.js';
export type { Model } from './model/model.js';
export { createScorer, type Scorer, type ScorerOptions } from './model/scorer.js';
export { type TrainInput, trainModel, trainParts } from './model/train.js';
export { createRules, type Rules, type RulesOptions } from './rules/index.js';
export { type DetectSettings, detectSettings } from './settings.js';
