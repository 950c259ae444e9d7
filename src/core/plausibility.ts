/** Hard plausibility limits of measured values, from a file of the site or the package. */
export interface PlausibilityLimits {
  /** Clinician of the site who answers for them, '' nobody: then what they find stays low. */
  readonly signedBy: string;
  readonly analytes: readonly {
    readonly name: string;
    /** LOINC and MDC codes (OBX-3.1). */
    readonly codes: readonly string[];
    /** Units (OBX-6.1) the limits hold for, UCUM or MDC codes. */
    readonly units: readonly string[];
    readonly low: number;
    readonly high: number;
  }[];
}
