"""The networks that ours are measured beside, written as one writes them in PyTorch."""
import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    """Six heads, by libtorch's fused attention or written out: product, softmax, product."""

    def __init__(self, dim=384, heads=6, fused=False):
        super().__init__()
        self.heads, self.scale, self.fused = heads, (dim // heads) ** -0.5, fused
        self.norm, self.to_qkv = nn.LayerNorm(dim), nn.Linear(dim, 3 * dim, bias=False)
        self.to_out = nn.Linear(dim, dim, bias=False)

    def forward(self, tokens):
        batch, count, dim = tokens.shape
        split = self.to_qkv(self.norm(tokens)).view(batch, count, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        if self.fused:
            attended = functional.scaled_dot_product_attention(query, key, value)
        else:
            attended = (query @ key.transpose(-1, -2) * self.scale).softmax(-1) @ value
        return self.to_out(attended.transpose(1, 2).reshape(batch, count, dim))


class Myna(nn.Module):
    """ViT-S on 16 x 16 patches of 128 mels x 96 frames and a projector of three layers of 2048.

    It embeds all 48 patches and then keeps five, as the released code does, or, where `early`, embeds only
    those five, as ours does.
    """

    def __init__(self, dim=384, depth=12, projector=2048, fused=False, early=False):
        super().__init__()
        self.early = early
        self.tokens = nn.Sequential(nn.LayerNorm(256), nn.Linear(256, dim), nn.LayerNorm(dim))
        self.register_buffer("position", torch.randn(48, dim))
        feed = lambda: nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))
        self.blocks = nn.ModuleList(nn.ModuleList((Attention(dim, fused=fused), feed())) for _ in range(depth))
        wide = [nn.Linear(projector, projector) for _ in range(2)]
        self.head = nn.Sequential(nn.Linear(dim, projector), nn.ReLU(), wide[0], nn.ReLU(), wide[1])
        self.norm = nn.LayerNorm(dim)

    def forward(self, clips):
        batch = len(clips)
        patches = clips.view(batch, 8, 16, 6, 16).permute(0, 1, 3, 2, 4).reshape(batch, 48, 256)
        keep = torch.rand(batch, 48, device=clips.device).argsort(-1)[:, 43:]
        kept = lambda rows: rows.gather(1, keep[..., None].expand(-1, -1, rows.shape[-1]))
        if self.early:
            tokens = self.tokens(kept(patches)) + self.position[keep]
        else:
            tokens = kept(self.tokens(patches) + self.position)
        for attend, feed in self.blocks:
            tokens = tokens + attend(tokens)
            tokens = tokens + feed(tokens)
        return self.head(self.norm(tokens).mean(1))


class SampleCnn(nn.Module):
    """CLMR's published encoder on 59,049 samples with its projector, 512-512-64 without bias."""

    def __init__(self):
        super().__init__()
        widths = [1, 128, 128, 128, 256, 256, 256, 256, 256, 256, 512, 512]
        layers = []
        for place, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
            convolution = nn.Conv1d(inputs, outputs, 3, stride=1 if place else 3, padding=1 if place else 0)
            layers += [convolution, nn.BatchNorm1d(outputs), nn.ReLU()]
            if 0 < place < 10:
                layers.append(nn.MaxPool1d(3))
        self.encoder = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Linear(512, 512, bias=False), nn.ReLU(), nn.Linear(512, 64, bias=False))

    def forward(self, waves):
        return self.head(self.encoder(waves[:, None]).flatten(1))


class Fcn4(nn.Module):
    """PEMR's encoder on decibel mel spectrograms of 59,049 samples with its projector, 512-512-256 without bias."""

    def __init__(self, mels=128, n_fft=256, hop=128):
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft))
        # What the filters are changes no time.
        self.register_buffer("filters", torch.rand(n_fft // 2 + 1, mels))
        self.norm, blocks, inputs = nn.BatchNorm2d(1), [], 1
        for outputs, pool in zip([64, 128, 128, 128], [(2, 4), (2, 4), (2, 4), (4, 5)]):
            blocks += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(pool)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(nn.Linear(512, 512, bias=False), nn.ReLU(), nn.Linear(512, 256, bias=False))

    def forward(self, waves):
        with torch.autocast(waves.device.type, enabled=False):
            spectra = torch.stft(waves, self.n_fft, self.hop, window=self.window, return_complex=True)
            power = torch.view_as_real(spectra).square().sum(-1).transpose(1, 2) @ self.filters
            decibels = power.clamp_min(1e-10).log10() * 10
        image = self.norm(decibels.transpose(1, 2)[:, None])
        return self.head(self.blocks(image).flatten(1))


def infonce(first, second, temperature=0.1):
    """Myna's objective, in float32."""
    first, second = functional.normalize(first.float()), functional.normalize(second.float())
    logits = first @ second.T / temperature
    target = torch.arange(len(first), device=first.device)
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def nt_xent(first, second, temperature=0.5):
    """CLMR's objective, in float32."""
    rows = functional.normalize(torch.cat([first, second]).float())
    logits = (rows @ rows.T / temperature).fill_diagonal_(-torch.inf)
    target = torch.arange(len(rows), device=rows.device).roll(len(first))
    return functional.cross_entropy(logits, target)
