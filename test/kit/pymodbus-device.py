"""A Modbus device of pymodbus: register r of table t of unit u holds a number made of the three.

Usage: pymodbus-device.py tcp PORT | rtu PATH | ascii PATH
Unit 3 does not exist: it is silent on a serial line.
"""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import StartAsyncSerialServer, StartAsyncTcpServer
from pymodbus.transaction import ModbusAsciiFramer, ModbusRtuFramer

REGISTERS = 300


def registers(unit, table):
    return ModbusSequentialDataBlock(0, [(unit * 10_000 + table * 1_000 + r * 7) % 65_536 for r in range(REGISTERS)])


def bits(unit, table):
    return ModbusSequentialDataBlock(0, [(r * 5 + unit + table) % 3 == 0 for r in range(REGISTERS)])


def slave(unit):
    return ModbusSlaveContext(
        co=bits(unit, 1), di=bits(unit, 2), hr=registers(unit, 3), ir=registers(unit, 4), zero_mode=True
    )


async def main(transport, place):
    context = ModbusServerContext(slaves={1: slave(1), 2: slave(2)}, single=False)
    if transport == "tcp":
        await StartAsyncTcpServer(context=context, address=("127.0.0.1", int(place)))
    else:
        framer = ModbusRtuFramer if transport == "rtu" else ModbusAsciiFramer
        # It opens its port within this very call; what is asked a moment earlier is asked again.
        asyncio.get_running_loop().call_later(0.5, print, "ready")
        await StartAsyncSerialServer(
            context=context, framer=framer, port=place, baudrate=19_200, ignore_missing_slaves=True
        )


asyncio.run(main(sys.argv[1], sys.argv[2]))
