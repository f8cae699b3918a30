/// The order of keys, which JSON objects do not have but PEFT's patterns do: the first that matches wins.
enum JSONKeyOrder {
    /// The keys of the object that is the value of `member` in the outermost object, in the order of the text; empty when
    /// there is none. `bytes` is a valid document.
    static func keys(of member: String, in bytes: UnsafeRawBufferPointer) -> [String] {
        var keys: [String] = []
        var depth = 0
        var isMember = false
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let end = endOfString(from: index, in: bytes)
                if isKey(endingAt: end, in: bytes), depth == 1 || (depth == 2 && isMember) {
                    let literal = UnsafeRawBufferPointer(rebasing: bytes[index..<end])
                    let key = (try? JSONValue.parse(literal, path: ""))?.string ?? ""
                    if depth == 1 { isMember = key == member } else { keys.append(key) }
                }
                index = end
                continue
            default: break
            }
            index += 1
        }
        return keys
    }

    /// The index after the closing quote of the string that opens at `start`.
    private static func endOfString(from start: Int, in bytes: UnsafeRawBufferPointer) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }

    private static func isKey(endingAt end: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        let space: [UInt8] = [32, 9, 10, 13]
        return bytes[end...].first { !space.contains($0) } == UInt8(ascii: ":")
    }
}
