// Optimisers as one operator over all parameters.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

#include "../native.h"

using namespace bench;

namespace {

std::vector<at::Tensor> tensors_of(const at::Tensor* const* pointers, size_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (size_t i = 0; i < count; ++i) tensors.push_back(*pointers[i]);
  return tensors;
}

}  // namespace

struct AdamSettings {
  double learning_rate, beta1, beta2, weight_decay, epsilon;
  bool decoupled;
};

struct AdamLists {
  size_t count;
  const at::Tensor* const* params;
  const at::Tensor* const* grads;
  const at::Tensor* const* means;
  const at::Tensor* const* squares;
  const at::Tensor* const* steps;
};

extern "C" const char* bench_fused_adam(const AdamSettings* settings, const AdamLists* lists) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto of = [=](const at::Tensor* const* list) { return tensors_of(list, lists->count); };
    const auto steps = of(lists->steps);
    at::_foreach_add_(steps, 1);
    const auto update = [=](auto fused) {
      fused(of(lists->params), of(lists->grads), of(lists->means), of(lists->squares), std::vector<at::Tensor>(),
            steps, settings->learning_rate, settings->beta1, settings->beta2, settings->weight_decay,
            settings->epsilon, /*amsgrad=*/false, /*maximize=*/false);
    };
    if (settings->decoupled)
      update([](auto&&... all) { at::_fused_adamw_(std::forward<decltype(all)>(all)...); });
    else
      update([](auto&&... all) { at::_fused_adam_(std::forward<decltype(all)>(all)...); });
  });
}

struct SgdSettings {
  double learning_rate, momentum, weight_decay;
};

extern "C" const char* bench_fused_sgd(const SgdSettings* settings, size_t count,
                                       const at::Tensor* const* params, const at::Tensor* const* grads,
                                       const at::Tensor* const* velocities) {
  return guarded([=] {
    const at::NoGradGuard no_grad;
    const auto buffers = settings->momentum > 0 ? tensors_of(velocities, count) : std::vector<at::Tensor>();
    at::_fused_sgd_(tensors_of(params, count), tensors_of(grads, count), buffers,
                    settings->weight_decay, settings->momentum, settings->learning_rate, /*dampening=*/0,
                    /*nesterov=*/settings->momentum > 0, /*maximize=*/false, /*is_first_step=*/false);
  });
}

extern "C" const char* bench_forget_gradients(size_t count, const at::Tensor* const* params) {
  return guarded([=] {
    for (size_t i = 0; i < count; ++i) params[i]->mutable_grad().reset();
  });
}
