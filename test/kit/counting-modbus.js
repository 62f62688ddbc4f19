// A Modbus device in a process of its own, to be killed and frozen: registers 0 and 1 hold the milliseconds since it
// began, and it says how many connections it has. Usage: counting-modbus.js PORT
import modbus from 'modbus-serial';

const startedAt = Date.now();
const server = new modbus.ServerTCP(
  {
    getMultipleHoldingRegisters: (first, count) => {
      const ms = Date.now() - startedAt;
      return Array.from({ length: count }, (_, i) => (first + i === 0 ? Math.floor(ms / 65_536) : ms % 65_536));
    },
  },
  { host: '127.0.0.1', port: Number(process.argv[2]), unitID: 255 },
);
server.on('socketError', () => undefined);
