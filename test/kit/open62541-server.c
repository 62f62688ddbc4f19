/*
 * An OPC UA server on another stack than ours. Variables of every numeric type count up every 100 ms; each value is
 * written to standard output as `name,time in ms,value` once it is served. Arguments: port, first value.
 */
#include <open62541/plugin/log_stdout.h>
#include <open62541/server.h>
#include <open62541/server_config_default.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile UA_Boolean running = true;
static long count = 0;

static const struct { const char *name; int type; } variables[] = {
    {"Boolean", UA_TYPES_BOOLEAN}, {"SByte", UA_TYPES_SBYTE},   {"Byte", UA_TYPES_BYTE},
    {"Int16", UA_TYPES_INT16},     {"UInt16", UA_TYPES_UINT16}, {"Int32", UA_TYPES_INT32},
    {"UInt32", UA_TYPES_UINT32},   {"Int64", UA_TYPES_INT64},   {"UInt64", UA_TYPES_UINT64},
    {"Float", UA_TYPES_FLOAT},     {"Double", UA_TYPES_DOUBLE},
};
#define VARIABLES (sizeof variables / sizeof variables[0])

static void stop(int sig) { (void)sig; running = false; }

/* Sets `value`, which has room for the largest type, and says what number that is. */
static double set(int type, long n, void *value) {
    switch(type) {
    case UA_TYPES_BOOLEAN: *(UA_Boolean *)value = n % 2; return n % 2;
    case UA_TYPES_SBYTE: *(UA_SByte *)value = (UA_SByte)(-(n % 100)); return -(n % 100);
    case UA_TYPES_BYTE: *(UA_Byte *)value = (UA_Byte)(n % 200); return n % 200;
    case UA_TYPES_INT16: *(UA_Int16 *)value = (UA_Int16)(-n); return -n;
    case UA_TYPES_UINT16: *(UA_UInt16 *)value = (UA_UInt16)n; return n;
    case UA_TYPES_INT32: *(UA_Int32 *)value = (UA_Int32)(-70000 - n); return -70000 - n;
    case UA_TYPES_UINT32: *(UA_UInt32 *)value = (UA_UInt32)(4000000000u + n); return 4000000000.0 + n;
    case UA_TYPES_INT64: *(UA_Int64 *)value = -5000000000 - n; return -5000000000.0 - n;
    case UA_TYPES_UINT64: *(UA_UInt64 *)value = 5000000000 + n; return 5000000000.0 + n;
    case UA_TYPES_FLOAT: *(UA_Float *)value = n / 4.0f; return n / 4.0;
    default: *(UA_Double *)value = n / 8.0; return n / 8.0;
    }
}

static void tick(UA_Server *server, void *data) {
    (void)data;
    count++;
    UA_DateTime now = UA_DateTime_now();
    now -= now % UA_DATETIME_MSEC;
    for(size_t i = 0; i < VARIABLES; i++) {
        char room[16] = {0};
        double number = set(variables[i].type, count, room);
        UA_DataValue value;
        UA_DataValue_init(&value);
        UA_Variant_setScalar(&value.value, room, &UA_TYPES[variables[i].type]);
        value.hasValue = true;
        value.sourceTimestamp = now;
        value.hasSourceTimestamp = true;
        UA_Server_writeDataValue(server, UA_NODEID_STRING(1, (char *)variables[i].name), value);
        printf("%s,%lld,%.17g\n", variables[i].name,
               (long long)((now - UA_DATETIME_UNIX_EPOCH) / UA_DATETIME_MSEC), number);
    }
    fflush(stdout);
}

int main(int argc, char **argv) {
    if(argc != 3) return 2;
    signal(SIGTERM, stop);
    count = atol(argv[2]);
    UA_Server *server = UA_Server_new();
    UA_ServerConfig *config = UA_Server_getConfig(server);
    UA_ServerConfig_setMinimal(config, (UA_UInt16)atoi(argv[1]), NULL);
    config->samplingIntervalLimits.min = 10.0;
    config->publishingIntervalLimits.min = 50.0;
    for(size_t i = 0; i < VARIABLES; i++) {
        char room[16] = {0};
        set(variables[i].type, count, room);
        UA_VariableAttributes attributes = UA_VariableAttributes_default;
        attributes.displayName = UA_LOCALIZEDTEXT("en", (char *)variables[i].name);
        attributes.dataType = UA_TYPES[variables[i].type].typeId;
        attributes.accessLevel = UA_ACCESSLEVELMASK_READ | UA_ACCESSLEVELMASK_WRITE;
        UA_Variant_setScalar(&attributes.value, room, &UA_TYPES[variables[i].type]);
        UA_Server_addVariableNode(server, UA_NODEID_STRING(1, (char *)variables[i].name),
                                  UA_NODEID_NUMERIC(0, UA_NS0ID_OBJECTSFOLDER),
                                  UA_NODEID_NUMERIC(0, UA_NS0ID_ORGANIZES),
                                  UA_QUALIFIEDNAME(1, (char *)variables[i].name),
                                  UA_NODEID_NUMERIC(0, UA_NS0ID_BASEDATAVARIABLETYPE), attributes, NULL, NULL);
    }
    UA_Server_addRepeatedCallback(server, tick, NULL, 100.0, NULL);
    UA_StatusCode status = UA_Server_run(server, &running);
    UA_Server_delete(server);
    return status == UA_STATUSCODE_GOOD ? 0 : 1;
}
