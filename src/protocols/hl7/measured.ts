/** Kinds of observation a message carries, as bits: they tell what the sender is. */
export const Measured = {
  /** Heart rate, pressure, saturation, temperature. */
  Vitals: 1,
  /** Airway flow, pressure and volume, settings of a ventilator. */
  Ventilation: 2,
  /** Flow of fluids and drugs, settings of a pump. */
  Infusion: 4,
} as const;

/** Reference names of ISO/IEEE 11073-10101 that only such a device gives. */
const NAMES: readonly (readonly [RegExp, number])[] = [
  [/^MDC_(VENT|FLOW_AWAY|PRESS_AWAY|VOL_AWAY|COMPL_LUNG|RES_AWAY|CONC_AWAY|RATIO_IE|DEV_.*VENT)/, Measured.Ventilation],
  [
    /^MDC_(FLOW_(FLUID|DRUG)|VOL_(FLUID|INFUS)|VOL_FLUID_TBI|DEV_PUMP|RATE_DOSE|CONC_DRUG|DRUG_|TIME_PD_(REMAIN|PROG))/,
    Measured.Infusion,
  ],
  [
    /^MDC_(ECG_|PULS_|PRESS_BLD|PRESS_CUFF|TEMP|SAT_O2|BLD_PULS|RESP_RATE|AWAY_RESP|TTHOR_RESP|CO2_RESP)/,
    Measured.Vitals,
  ],
]; // prettier-ignore

/** LOINC codes of the vital signs panel (85353-1). */
const VITALS = new Set(['8867-4', '9279-1', '2708-6', '59408-5', '8480-6', '8462-4', '8478-0', '8310-5', '8889-8']);

/** Bits that an observation's code and name give, 0 none. Called once for every code a link uses. */
export function measuredBy(code: string, name: string): number {
  if (VITALS.has(code)) return Measured.Vitals;
  for (const [re, bit] of NAMES) if (re.test(name)) return bit;
  return 0;
}
