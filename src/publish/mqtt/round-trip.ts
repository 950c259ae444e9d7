import type { MqttClient } from 'mqtt';

/**
 * A broker acknowledges a message before it has written it down: mosquitto saves at the end of the turn in which it read
 * the message, so what it acknowledged in the turn it was killed in is gone. An answer to anything that was sent after the
 * acknowledgement came proves that the turn was finished; a ping (MQTT 5.0 3.12) is the smallest such thing, and one is under way at most.
 */
export class RoundTrip {
  #client: MqttClient | null = null;
  #pings = 0;
  #pongs = 0;
  /** What waits, and for the answer to which ping. */
  #waiting: { readonly ping: number; readonly done: () => void }[] = [];

  /** Follows a new connection; what waited for the one before is its owner's to give back. */
  follow(client: MqttClient): void {
    this.#client = client;
    this.#pings = 0;
    this.#pongs = 0;
    this.#waiting = [];
    client.on('packetsend', (p) => {
      if (client === this.#client && p.cmd === 'pingreq') this.#pings++;
    });
    client.on('packetreceive', (p) => {
      if (client === this.#client && p.cmd === 'pingresp') this.#answered();
    });
  }

  /** Calls `done` when the broker has answered something that is sent from now on. */
  after(done: () => void): void {
    this.#waiting.push({ ping: this.#pings + 1, done });
    this.#ask();
  }

  #answered(): void {
    this.#pongs++;
    let n = 0;
    while (n < this.#waiting.length && this.#waiting[n].ping <= this.#pongs) n++;
    for (const w of this.#waiting.splice(0, n)) w.done();
    this.#ask();
  }

  #ask(): void {
    if (this.#waiting.length > 0 && this.#pings === this.#pongs && this.#client?.connected === true)
      this.#client.sendPing();
  }
}
