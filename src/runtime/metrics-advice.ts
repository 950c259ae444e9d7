/** Chapters of the page of metrics, in order; each metric is in the first that fits. table: what operators need beside the help of a metric. */
export const METRIC_GROUPS: readonly (readonly [title: string, names: RegExp])[] = [
  [
    'Sight: capture, loss and doubts',
    /^wardwire_(capture|sensor|clock|devices_talking|silence|duplicate|flows_(one|two)_sided)/,
  ],
  ['Deadlines and verdicts', /^wardwire_(verdict|verdicts|stage|sla|incidents|mutes|commands)/],
  ['Delivery', /^wardwire_(spool|publish|sink|mqtt)/],
  [
    'Flows and reassembly',
    /^wardwire_(flow|flows|reassembly|fragment|fragments|packets|tunnelled|wire|bad_checksums|decode|weirds)/,
  ],
  ['Protocols', /^wardwire_(parser|dicom|hl7)/],
  ['Devices', /^wardwire_devices?_|^wardwire_devices$/],
  [
    'Learning and detection',
    /^wardwire_(model|models|baseline|training|learned|feature|score|scores|odd|anomaly|alerts|rule|findings)/,
  ],
  ['Evidence', /^wardwire_evidence/],
  ['The program', /./],
];

/** What to do when a metric says so. */
export const METRIC_ADVICE: Readonly<Record<string, string>> = {
  wardwire_sensor_up: '0 for longer than seconds: look at the log of the service and at `wardwire interfaces --check`.',
  wardwire_sensor_restarts_total: 'Rising: the log says why the process died; keep it for a bug report.',
  wardwire_sensor_blind: '1: what the sensor does not see may well be there; see wardwire_sensor_doubt.',
  wardwire_sensor_doubt: 'Each reason is a scenario `sensor.…` of threats.md with its safe step.',
  wardwire_capture_kernel_drops_total: 'Rising: more processor time, capture.buffer_mib, or a narrower mirror.',
  wardwire_capture_interface_drops_total: 'Rising: `wardwire interfaces --check` (ring of the card).',
  wardwire_capture_oversize_frames_total: 'Rising: offloads are on; `wardwire interfaces --check` names the command.',
  wardwire_capture_truncated_total: 'Rising without overload: raise capture.snaplen.',
  wardwire_capture_unaccounted_packets: 'Growing: offloads merge packets, or the driver loses them without telling.',
  wardwire_capture_unexplained_packets: 'Growing for longer than moments: report it.',
  wardwire_capture_last_packet_timestamp_seconds: 'Old: the mirror session or the cable.',
  wardwire_capture_links_up: 'Fewer than interfaces are configured: cable, or the port of the switch.',
  wardwire_capture_lag_seconds: 'Above capture.overload_lag_ms for long: too little processor time.',
  wardwire_capture_low_lane_cut_packets_total: 'Rising: the sensor lags; see wardwire_overload_rung.',
  wardwire_capture_low_lane_shed_packets_total: 'Rising: the sensor lags; see wardwire_overload_rung.',
  wardwire_capture_reopens_total: 'Rising: the interface comes and goes.',
  wardwire_clock_steps_total: 'Rising: look at the time service (chrony, PTP).',
  wardwire_duplicate_packets_total: 'A large share of packets: the mirror sends each packet twice.',
  wardwire_flows_one_sided: 'More than the other: the mirror shows one direction only.',
  wardwire_silence_held_seconds_total: 'Rising: the sensor is blind; see wardwire_sensor_doubt.',
  wardwire_verdict_latency_seconds:
    'The share above a budget burns it: see wardwire_stage_latency_seconds for where the time goes.',
  wardwire_sla_violations_total: 'Rising: load of the sensor, its disk, the way to the broker.',
  wardwire_spool_bytes: 'Above half of the limit: bring the sink back that is owed, or raise store.log_max_mib.',
  wardwire_spool_oldest_timestamp_seconds: 'Hours old: a sink has been away so long.',
  wardwire_spool_dropped_total: 'Any: verdicts were lost to a sink; bring it back and make room.',
  wardwire_spool_writable: '0: the disk is full or failing.',
  wardwire_spool_unwritten: 'Growing: the disk is slow or failing.',
  wardwire_mqtt_connected: '0: broker, network, certificate; the log names the reason.',
  wardwire_mqtt_ack_seconds: 'Seconds: the broker or its disk is slow.',
  wardwire_sink_connected: '0: wardwire_sink_faults_total names the reason.',
  wardwire_sink_queued: 'Growing: the sink is slower than verdicts come.',
  wardwire_sink_failures_total: 'Rising: wardwire_sink_faults_total names the reason.',
  wardwire_publish_failures_total: 'Rising: the broker refuses; look at its access list.',
  wardwire_publish_undeclared_fields_total: 'Any: a bug; report it.',
  wardwire_flows_evicted_total: 'Rising: raise flow.max_flows.',
  wardwire_flow_emergency: '1: the flow table is nearly full; a flood, or raise flow.max_flows.',
  wardwire_reassembly_bytes: 'Near the limit: loss on the mirror, or raise flow.segment_memory_mib.',
  wardwire_reassembly_gaps_total: 'Rising without drops: the mirror loses packets before the sensor.',
  wardwire_bad_checksums_total: 'Many: offloads of a sender on the mirror, or damage; see layers.verify_checksums.',
  wardwire_parser_unfinished_given_up_total:
    'Rising: somebody sends messages that never end; who holds none of his own is read. Else raise protocols.unfinished_mib.',
  wardwire_parser_unfinished_bytes: 'At its limit: see wardwire_parser_unfinished_given_up_total.',
  wardwire_parser_failures_total: 'Rising: a dialect the decoder does not know; `wardwire decode` shows it.',
  wardwire_internal_errors_total: 'Any: a bug; report it with the log.',
  wardwire_model_trained_timestamp_seconds: 'Weeks old: wardwire_training_rows_total says whether rows come.',
  wardwire_baseline_ready: '0 after the time of learning: too few rows; see `wardwire baseline`.',
  wardwire_devices_in_review: 'Somebody has to look: `wardwire baseline`.',
  wardwire_device_last_seen_timestamp_seconds: 'Old for a ventilator or monitor: go and look.',
  wardwire_overload_rung: 'Above 0: decoding is given up in steps; more processor time or less traffic.',
  wardwire_overload_undecoded_packets_total: 'Rising: devices of this criticality are only counted.',
  wardwire_thread_heartbeat_timestamp_seconds: 'Half a minute old: a thread hangs; the watchdog will end the service.',
  wardwire_config_last_reload_successful:
    '0: `wardwire check-config` names what is wrong; the old settings are in force.',
  wardwire_evidence_evicted_total: 'Rising: raise evidence.quota_mib to keep proof for longer.',
  wardwire_evidence_reach_seconds: 'Below evidence.before_s: raise evidence.ring_mib.',
};

/** Names of the field, and what tells the same here. */
export const NAMED_OTHERWISE: readonly (readonly [name: string, here: string])[] = [
  [
    'wardwire_shed_total',
    '`wardwire_capture_low_lane_shed_packets_total` (before the copy), `wardwire_overload_undecoded_packets_total` (before decoding)',
  ],
  ['wardwire_device_alerts_total', '`wardwire_device_verdicts_total`'],
  ['wardwire_reassembly_overlaps_total', '`wardwire_weirds_total{name="tcp.overlap"}`'],
  ['wardwire_publish_failures_total by reason', '`wardwire_sink_faults_total`'],
  ['wardwire_parser_failures_total by reason', '`wardwire_weirds_total`'],
];
