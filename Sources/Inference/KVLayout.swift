import CKernels
import ModelFiles

/// Where keys and values stand inside a page.
///
/// A page is [layers × 2 × kvHeads × (headSize·tokensPerPage)] elements: for each layer first keys, then values. A head's
/// keys are [headSize × tokensPerPage], transposed so that sixteen tokens are scored by one vector; its values are
/// [tokensPerPage × headSize].
struct KVLayout: Sendable {
    let element: PageElement
    let layerCount: Int
    let kvHeadCount: Int
    let headSize: Int

    init(_ config: ModelConfig, element: PageElement) {
        self.element = element
        layerCount = config.layerCount
        kvHeadCount = config.kvHeadCount
        headSize = config.headSize
    }

    func pageBytes(tokensPerPage: Int) -> Int {
        (layerCount * 2 * kvHeadCount * headSize * tokensPerPage * element.bytes + 63) & ~63
    }

    /// Bytes from a page's start to one head's keys.
    func keyOffset(layer: Int, head: Int, tokensPerPage: Int) -> Int {
        (layer * 2 * kvHeadCount + head) * headSize * tokensPerPage * element.bytes
    }

    /// Bytes from a page's start to one head's values.
    func valueOffset(layer: Int, head: Int, tokensPerPage: Int) -> Int {
        ((layer * 2 + 1) * kvHeadCount + head) * headSize * tokensPerPage * element.bytes
    }

    /// Stores one token's keys and values, [kvHeads × headSize] each, in a page.
    func write(
        keys: UnsafePointer<Float>, values: UnsafePointer<Float>, layer: Int, page: UnsafeMutableRawPointer, slot: Int,
        tokensPerPage: Int
    ) {
        for head in 0..<kvHeadCount {
            let key = keys + head * headSize
            let value = values + head * headSize
            let keyTarget = page + keyOffset(layer: layer, head: head, tokensPerPage: tokensPerPage)
            let valueTarget = page + valueOffset(layer: layer, head: head, tokensPerPage: tokensPerPage)
            switch element {
            case .f16:
                let keyHalves = keyTarget.assumingMemoryBound(to: UInt16.self) + slot
                let valueHalves = valueTarget.assumingMemoryBound(to: UInt16.self) + slot * headSize
                deck_store_f16(key, headSize, 1, keyHalves, tokensPerPage)
                deck_store_f16(value, headSize, 1, valueHalves, 1)
            case .f32:
                let keyFloats = keyTarget.assumingMemoryBound(to: Float.self) + slot
                let valueFloats = valueTarget.assumingMemoryBound(to: Float.self) + slot * headSize
                for index in 0..<headSize { keyFloats[index * tokensPerPage] = key[index] }
                valueFloats.update(from: value, count: headSize)
            }
        }
    }
}
