#include "counter.h"

extern "C" uint64_t bench_stop_counting(bench::Counter* counter) {
  const uint64_t counted = counter->counted();
  delete counter;
  return counted;
}
