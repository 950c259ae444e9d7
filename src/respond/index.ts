export { type AclRule, aclNote, cisco, iosRule, isV6, nftables, nftRule, routable } from './acl.js';
export { type Advice, advise, type Case, type Proposal } from './advise.js';
export { type DryRun, dryRun, dryRunText, Ends } from './dry-run.js';
