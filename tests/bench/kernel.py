"""From a notebook server that answers to an executed cell: a kernel, its channels, its result."""

from __future__ import annotations

import json
import time
import uuid

import aiohttp


async def run_cell(http: aiohttp.ClientSession, base: str, code: str = "1+1") -> str:
    """Start a kernel of the server at the path `base`; return what the cell's value looks like."""
    async with http.post(f"{base}api/kernels", json={"name": "python3"}) as answer:
        answer.raise_for_status()
        kernel = (await answer.json())["id"]
    async with http.ws_connect(f"{base}api/kernels/{kernel}/channels") as channels:
        request = _request(code)
        await channels.send_json(request)
        async for message in channels:
            said = json.loads(message.data)
            mine = said["parent_header"].get("msg_id") == request["header"]["msg_id"]
            if mine and said["msg_type"] == "execute_result":
                return str(said["content"]["data"]["text/plain"])
    raise RuntimeError("The kernel went away.")


def _request(code: str) -> dict[str, dict[str, object]]:
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "session": uuid.uuid4().hex,
        "username": "bench",
        "date": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime()),
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",  # type: ignore[dict-item]
    }
