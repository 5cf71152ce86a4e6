#!/usr/bin/env bash
# Puts the libtorch that tch wants into .libtorch/, from the Python package index's wheels.
#
#   scripts/libtorch.sh           what this machine needs (the CUDA libraries where a driver is)
#   CUDA=1 scripts/libtorch.sh    with the CUDA libraries; CUDA=0: without them
#   LIBTORCH=DIR scripts/libtorch.sh    use the libtorch that is in DIR, download nothing
#
# Wheels that have arrived are kept in .libtorch.wheels/, below a folder for their version and set,
# until all is unpacked, so a broken download goes on with the wheels it has (and within a wheel where
# pip is 25.1 or newer), and never with those of another;
# .libtorch/ appears only when it is complete. Of several at once, one works and the others wait.
set -euo pipefail
cd "$(dirname "$0")/.."

version=2.11.0 # goes with tch in Cargo.toml
wheels_cpu="
torch==2.11.0 7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a
nvidia-cuda-runtime==13.0.96 7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548
nvidia-cuda-cupti==13.0.85 4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8"
wheels_cuda="$wheels_cpu
nvidia-cuda-nvrtc==13.0.88 ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575
nvidia-nvjitlink==13.0.88 13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b
nvidia-cublas==13.1.0.3 ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171
nvidia-cufft==12.0.0.61 6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3
nvidia-cufile==1.15.1.6 08a3ecefae5a01c7f5117351c64f17c7c62efa5fffdbe24fc7d298da19cd0b44
nvidia-curand==10.4.0.35 1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc
nvidia-cusolver==12.0.4.66 0a759da5dea5c0ea10fd307de75cdeb59e7ea4fcb8add0924859b944babf1112
nvidia-cusparse==12.6.3.3 2b3c89c88d01ee0e477cb7f82ef60a11a4bcd57b6b87c33f789350b59759360b
nvidia-cusparselt-cu13==0.8.0 25e30a8a7323935d4ad0340b95a0b69926eee755767e8e0b1cf8dd85b197d3fd
nvidia-cudnn-cu13==9.19.0.56 d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf
nvidia-nccl-cu13==2.28.9 e4553a30f34195f3fa1da02a6da3d6337d28f2003943aa0a3d247bbc25fefc42
nvidia-nvshmem-cu13==3.4.5 290f0a2ee94c9f3687a02502f3b9299a9f9fe826e6d0287ee18482e78d495b80"
wheels_macos="
torch==2.11.0 7b6a60d48062809f58595509c524b88e6ddec3ebe25833d6462eeab81e5f2ce4"

fail() { echo "libtorch.sh: $*" >&2; exit 1; }

wants_cuda() {
    [ -z "${CUDA:-}" ] || { [ "$CUDA" != 0 ]; return; }
    [ -e /proc/driver/nvidia ] || [ -e .libtorch/lib/libtorch_cuda.so ] || nvidia-smi >/dev/null 2>&1
}

choose_set() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) if wants_cuda; then echo cuda; else echo cpu; fi ;;
    Darwin-arm64) echo macos ;;
    *) fail "no libtorch for $(uname -s) on $(uname -m): supported are Linux x86_64 (CPU and CUDA)" \
        "and macOS arm64; elsewhere set LIBTORCH to a libtorch $version of your own" ;;
    esac
}

check_tools() {
    command -v c++ >/dev/null || fail "no C++ compiler; on Debian and Ubuntu: apt-get install g++"
    python3 -m pip --version >/dev/null 2>&1 ||
        fail "no Python 3 with pip; on Debian and Ubuntu: apt-get install python3-pip"
}

use_existing() {
    local from found
    from=$(cd "$LIBTORCH" 2>/dev/null && pwd -P) || fail "LIBTORCH=$LIBTORCH is not a folder"
    [ "$from" != "$(pwd -P)/.libtorch" ] || return 0
    ls "$from"/lib/libtorch_cpu.* >/dev/null 2>&1 || fail "no lib/libtorch_cpu in LIBTORCH=$from"
    found=$(cat "$from/build-version" 2>/dev/null || sed -n "s/^__version__ = '\(.*\)'/\1/p" "$from/version.py")
    [ "${found%%+*}" = "$version" ] || fail "LIBTORCH=$from is libtorch $found; $version is needed"
    [ -d .libtorch ] && [ ! -L .libtorch ] || ln -sfn "$from" .libtorch
    echo "libtorch $found from $from" >&2
}

# Waits for another one at work; the lock is on the open file, and so ends with this shell.
wait_for_others() {
    exec 9>.libtorch.lock
    python3 -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
}

is_there() { [ "$(cat .libtorch/stamp 2>/dev/null)" = "$stamp" ]; }

# pip checks the hash, and leaves alone a wheel that is there already and has it.
download() {
    local pin hash platforms=(macosx_11_0_arm64)
    [ "$set" = macos ] || platforms=(manylinux_2_28_x86_64 manylinux_2_27_x86_64
        manylinux_2_25_x86_64 manylinux_2_18_x86_64 manylinux2014_x86_64)
    rm -rf "$wheels/tmp"
    mkdir -p "$wheels/tmp"
    find .libtorch.wheels -mindepth 1 -maxdepth 1 ! -path "$wheels" -exec rm -rf {} +
    while read -r pin hash; do
        [ -n "$pin" ] || continue
        echo "$pin --hash=sha256:$hash" >"$wheels/pin.txt"
        TMPDIR=$PWD/$wheels/tmp PIP_RESUME_RETRIES=20 python3 -m pip download --no-cache-dir --no-deps \
            --disable-pip-version-check --require-hashes --only-binary=:all: --python-version 3.11 \
            --implementation cp --abi cp311 "${platforms[@]/#/--platform=}" \
            -d "$wheels" -r "$wheels/pin.txt" </dev/null >&2
    done <<<"$1"
}

unpack() {
    rm -rf .libtorch.partial
    python3 - "$set" "$wheels"/*.whl <<'PYTHON'
import os, re, shutil, sys, zipfile

LIBRARIES = {
    "cpu": r"lib(torch_cpu|c10)\.so|lib(gomp|cudart|cupti)\.so\.\d+",
    "cuda": r"lib(?!torch_python|torch\.|torch_global|shm).*\.so(\.\d+)*",
    "macos": r"lib(?!torch_python|shm).*\.dylib",
}
chosen, wheels = sys.argv[1], sys.argv[2:]
for wheel in wheels:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = os.path.basename(member.filename)
            if member.is_dir():
                continue
            if member.filename.startswith("torch/include/"):
                target = member.filename[len("torch/"):]
            elif "/lib/" in member.filename and re.fullmatch(LIBRARIES[chosen], name):
                target = "lib/" + name
            else:
                continue
            target = os.path.join(".libtorch.partial", target)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(member) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
PYTHON
    # torch-sys links "torch"; the wheel's own would pull in CUDA.
    [ "$set" = macos ] || echo "INPUT(libtorch_cpu.so libc10.so)" >.libtorch.partial/lib/libtorch.so
    echo "$version" >.libtorch.partial/build-version
    echo "$stamp" >.libtorch.partial/stamp
}

[ -z "${LIBTORCH:-}" ] || { use_existing; exit 0; }
if [ -L .libtorch ]; then # a LIBTORCH of an earlier time
    [ -e .libtorch/lib ] || fail ".libtorch leads to $(readlink .libtorch), which is gone;" \
        "remove the link to fetch libtorch, or set LIBTORCH"
    exit 0
fi
set=$(choose_set)
pins=wheels_$set
sum=$(cksum <<<"${!pins}")
stamp="libtorch $version $set $sum"
wheels=.libtorch.wheels/$version-$set-${sum%% *}
is_there && exit 0
check_tools
wait_for_others
is_there && exit 0
echo "libtorch $version ($set) into .libtorch/" >&2
download "${!pins}"
unpack
rm -rf .libtorch
mv .libtorch.partial .libtorch
rm -rf .libtorch.wheels
