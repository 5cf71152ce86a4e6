// CUDA at run time: its libraries, and what its allocator and its driver tell of a device.

#include <ATen/Context.h>
#include <c10/core/Allocator.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <dlfcn.h>

#include <fstream>

#include "../native.h"

using namespace bench;

extern "C" const char* bench_load_cuda() {
  Dl_info torch_cpu;
  if (!dladdr(reinterpret_cast<void*>(&at::globalContext), &torch_cpu) || !torch_cpu.dli_fname)
    return keep("the folder of libtorch_cpu cannot be told");
  std::string path(torch_cpu.dli_fname);
  path = path.substr(0, path.rfind('/') + 1) + "libtorch_cuda.so";
  if (!std::ifstream(path).good()) return keep("there is no " + path);
  if (!dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) return keep(dlerror());
  return nullptr;
}

extern "C" const char* bench_cuda_model(int device, char* name, int size) {
  // libtorch_cuda has loaded the driver's library already.
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  if (!driver) return keep(dlerror());
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto name_of = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetName"));
  const bool told = init && name_of && init(0) == 0 && name_of(name, size, device) == 0;
  return told ? nullptr : keep("the driver does not tell");
}

extern "C" const char* bench_cuda_peak_memory(int device, uint64_t* bytes) {
  return guarded([=] {
    const auto stats = c10::getDeviceAllocator(at::kCUDA)->getDeviceStats(device_of(device).index());
    const auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    *bytes = static_cast<uint64_t>(stats.allocated_bytes[all].peak);
  });
}

extern "C" const char* bench_cuda_reset_peak_memory(int device) {
  return guarded([=] { c10::getDeviceAllocator(at::kCUDA)->resetPeakStats(device_of(device).index()); });
}

extern "C" const char* bench_cuda_release_memory() {
  return guarded([] { c10::getDeviceAllocator(at::kCUDA)->emptyCache(); });
}

struct Utilization {
  unsigned device, memory;
};

// Asked of the driver's management library (NVML).
extern "C" const char* bench_cuda_busy_percent(int device, uint32_t* percent) {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  void* management = driver ? dlopen("libnvidia-ml.so.1", RTLD_LAZY) : nullptr;
  if (!management) return keep(dlerror());
  const auto bus_of = reinterpret_cast<int (*)(char*, int, int)>(dlsym(driver, "cuDeviceGetPCIBusId"));
  const auto init = reinterpret_cast<int (*)()>(dlsym(management, "nvmlInit_v2"));
  const auto find =
      reinterpret_cast<int (*)(const char*, void**)>(dlsym(management, "nvmlDeviceGetHandleByPciBusId_v2"));
  const auto ask =
      reinterpret_cast<int (*)(void*, Utilization*)>(dlsym(management, "nvmlDeviceGetUtilizationRates"));
  char bus[32] = {};
  void* handle = nullptr;
  Utilization rates = {};
  // The management library counts devices in another order, and hidden ones too.
  const bool told = bus_of && init && find && ask && bus_of(bus, sizeof(bus), device) == 0 && init() == 0 &&
                    find(bus, &handle) == 0 && ask(handle, &rates) == 0;
  *percent = rates.device;
  return told ? nullptr : keep("the driver does not tell");
}
