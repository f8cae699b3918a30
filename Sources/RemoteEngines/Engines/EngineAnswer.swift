import DeckWire
import Foundation
import ModelFiles

/// What engines answer, read through the one decode that holds every number to its bounds.
enum EngineAnswer {
    /// Throws with the path, the field and its value. `path` names what was asked for.
    static func value<Value: Decodable>(
        _ body: some Collection<UInt8>, of path: String, as type: Value.Type = Value.self
    ) throws(EngineTrouble) -> Value {
        let tree: JSONValue
        do throws(ModelFileError) {
            tree = try JSONValue.parse(Array(body), source: path)
        } catch {
            throw EngineTrouble("what \(path) answers cannot be read: \(error)")
        }
        do throws(WireFault) {
            return try tree.decoded(as: type)
        } catch {
            throw EngineTrouble("engine sent \(path) \(error)")
        }
    }
}
