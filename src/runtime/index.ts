/** The wiring's door: everything a command needs. The forked sensor process enters by `sensor.ts`. */

export { type BaselineOrder, type DeviceState, type Difference, DOUBT_NAMES } from '../baseline/index.js';
export {
  checkInterface,
  expandPaths as expandCaptures,
  type InterfaceInfo,
  interfaceNames,
  listInterfaces,
  type NicDeviation,
  type NicReport,
} from '../capture/index.js';
export {
  ATTACKS,
  type AttackKind,
  type CaptureReport,
  captureHtml,
  captureLines,
  catalogue,
  DETECTOR_WORDS,
  type EvaluateReport,
  type Scenario,
  tableHtml,
  tableLines,
  UNSEEN,
} from '../detect/index.js';
export { type CaptureEntry, EvidenceReader, identitiesOf, type Judged } from '../evidence/index.js';
export { FEATURES, type FeatureEntry } from '../features/index.js';
export { csvFields } from '../inventory/index.js';
export { type AclRule, aclNote, cisco, dryRunText, Ends, iosRule, nftables, nftRule } from '../respond/index.js';
export type { DeviceStore, ListedDevice, LoggedVerdict } from '../store/index.js';
export { covers, formatVerdictLine } from '../verdict/index.js';
export { type AdvisedCase, adviseDevice, adviseVerdict } from './advice.js';
export {
  assembleSpec,
  configuredProfiles,
  defaultConfig,
  evidenceDirOf,
  type LoadedConfig,
  readConfig,
  roughConfig,
  siteKeyOf,
} from './assemble.js';
export { BaselineDesk, type BaselineView, type VersionChange } from './baseline.js';
export { monotonicMs, wallMs } from './clock.js';
export { controlPath } from './control.js';
export { type DaemonOptions, runDaemon } from './daemon.js';
export { type DecodeSummary, decodeFile } from './decode.js';
export { deviceMessage, seenAt } from './devices.js';
export { type Check, type DoctorOptions, doctor } from './doctor.js';
export { embeddedConfig } from './embedded-config.js';
export { evaluateFiles, readText } from './evaluate.js';
export { evaluateCaptures } from './evaluate-captures.js';
export { type Agreement, type Explanation, explainVerdict, show } from './explain.js';
export { generatedFiles } from './generated.js';
export { openVerdicts, saidOfIncidents, sayOfIncidents } from './incidents.js';
export {
  type Discrepancy,
  discrepancies,
  type InventoryView,
  inventoryOfCaptures,
  inventoryPath,
  openInventory,
} from './inventory.js';
export { defaultSettings, MANIFEST, type Settings } from './manifest.js';
export { metricFamilies, metricsPage, unitOf } from './metrics-page.js';
export { packageRoot, packageVersion } from './package-root.js';
export type { ReloadResult } from './reloader.js';
export { Replay, type ReplayHooks, type ReplaySummary } from './replay.js';
export { checkedConfig } from './sinks.js';
export type { SensorSpec, SourceSpec } from './spec.js';
export type { DaemonStatus } from './status.js';
export { type TrainResult, trainFromFiles } from './train.js';
