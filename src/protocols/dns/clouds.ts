/**
 * Makers by the registered domain their devices call home to. Names of general sites are not here: a browser asks for them
 * too. Only these domains may leave the room, because they name a maker and nobody else.
 */
const CLOUDS: Readonly<Record<string, string>> = {
  'arrayent.com': 'Osram',
  'belkin.com': 'Belkin',
  'brother-cloud.com': 'Brother',
  'dch-p.com': 'D-Link',
  'eq-3.de': 'eQ-3',
  'ezvizlife.com': 'Hikvision',
  'fitbit.com': 'Fitbit',
  'hik-connect.com': 'Hikvision',
  'homematic.com': 'eQ-3',
  'hpeprint.com': 'HP',
  'lightify-api.com': 'Osram',
  'meethue.com': 'Philips Hue',
  'mydlink.com': 'D-Link',
  'myedimax.com': 'Edimax',
  'netatmo.net': 'Netatmo',
  'smarter.am': 'Smarter',
  'sonos.com': 'Sonos',
  'tplinkcloud.com': 'TP-Link',
  'tuyaeu.com': 'Tuya',
  'tuyaus.com': 'Tuya',
  'withings.net': 'Withings',
  'xbcs.net': 'Belkin',
  'yunext.com': 'Hi-Flying',
};

/** Maker whose service a registered domain (two labels, small letters) is, '' none. */
export const cloudOf = (domain: string): string => CLOUDS[domain] ?? '';
