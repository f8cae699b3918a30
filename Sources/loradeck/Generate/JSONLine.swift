import ModelFiles

/// A line of a file that has one JSON document on each.
enum JSONLine {
    /// `number` (from 1) names the line in errors.
    static func parse(_ text: some StringProtocol, number: Int) throws(ModelFileError) -> JSONValue {
        var text = String(text)
        // Not through a throwing closure: its error would lose its type.
        let result: Result<JSONValue, ModelFileError> = text.withUTF8 { bytes in
            do throws(ModelFileError) {
                return .success(try JSONValue.parse(UnsafeRawBufferPointer(bytes), path: "line \(number)"))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
