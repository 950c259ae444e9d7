"""An HL7 v2 server of python3-hl7 for tests: `mllp-server.py PORT`; accepts every message (AA). Prints `ready` when it listens."""
import asyncio
import sys

import hl7
from hl7.mllp import start_hl7_server


async def serve(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            writer.writemessage(message.create_ack())
            await writer.drain()
    except asyncio.IncompleteReadError:
        pass
    finally:
        writer.close()


async def main():
    async with await start_hl7_server(serve, host="0.0.0.0", port=int(sys.argv[1])) as server:
        print("ready", hl7.__version__, flush=True)
        await server.serve_forever()


asyncio.run(main())
